"""`ListedCatalogue` on DynamoDB: an item for each version, and for each name.

The active version has a copy under a key of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from headrace.aws.definition_item import (
    NAMES,
    VERSION_PREFIX,
    active_key,
    definition_from_item,
    definition_pk,
    definition_to_item,
    name_item,
    version_key,
    version_of,
)
from headrace.aws.table_errors import (
    CANCELLED_BY_CONDITION,
    busy_told,
    cancellation_codes,
)
from headrace.aws.table_queries import items_of
from headrace.aws.wire_values import read_text, text
from headrace.errors import DefinitionMoved, RecordMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from headrace.aws.wire_values import Item
    from headrace.definitions.definition import RegisteredDefinition


class DefinitionTable:
    """The registered definitions in one table. Threads may share it.

    What was read once is kept: a version never changes. Which one is active is asked
    every time.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name
        self._versions: dict[tuple[str, int], RegisteredDefinition] = {}

    def active(self, names: Sequence[str]) -> Mapping[str, RegisteredDefinition]:
        """See `Catalogue`; the reads are consistent."""
        keys = [active_key(name) for name in dict.fromkeys(names)]
        items = items_of(self._client, self._table_name, keys).values()
        known = [self._known(item) for item in items]
        return {registered.definition.name: registered for registered in known}

    def version(self, name: str, version: int) -> RegisteredDefinition | None:
        """See `Catalogue`."""
        kept = self._versions.get((name, version))
        if kept is not None:
            return kept
        with busy_told(f"get definition {name} version {version}"):
            answer: Any = self._client.get_item(
                TableName=self._table_name,
                Key=version_key(name, version),
                ConsistentRead=True,
            )
        item: Item | None = answer.get("Item")
        return None if item is None else self._known(item)

    def register(self, registered: RegisteredDefinition) -> None:
        """See `Catalogue`."""
        name, version = registered.definition.name, registered.version
        own_key = version_key(name, version)
        actions = [
            self._put_new(definition_to_item(registered, own_key)),
            {"Put": self._put(definition_to_item(registered, active_key(name)))},
            {"Put": self._put(name_item(name))},
        ]
        if version > 1:
            actions.append(self._standing(version_key(name, version - 1)))
        try:
            with busy_told(f"register definition {name} version {version}"):
                self._client.transact_write_items(TransactItems=actions)
        except ClientError as error:
            if CANCELLED_BY_CONDITION not in cancellation_codes(error):
                raise
            raise DefinitionMoved(
                f"definition {name}: {version} is not the version after the highest"
            ) from error

    def activate(self, name: str, version: int) -> None:
        """See `Catalogue`."""
        registered = self.version(name, version)
        if registered is None:
            raise RecordMissing(f"definition {name}: there is no version {version}")
        item = definition_to_item(registered, active_key(name))
        with busy_told(f"activate definition {name} version {version}"):
            self._client.put_item(**self._put(item))

    def names(self) -> Sequence[str]:
        """See `ListedCatalogue`; a consistent read."""
        found = self._partition(NAMES, "", "list the definitions")
        return [read_text(item["sk"]) for item in found]

    def enlist(self, name: str) -> None:
        """See `ListedCatalogue`."""
        with busy_told(f"enlist definition {name}"):
            self._client.put_item(**self._put(name_item(name)))

    def versions(self, name: str) -> Sequence[RegisteredDefinition]:
        """See `ListedCatalogue`; a consistent read."""
        action = f"list the versions of definition {name}"
        found = self._partition(definition_pk(name), VERSION_PREFIX, action)
        return [self._known(item) for item in found]

    def _partition(self, pk: str, sk_prefix: str, action: str) -> Iterator[Item]:
        """Yield a partition's items whose sort key begins so, in its order."""
        condition, values = "pk = :pk", {":pk": text(pk)}
        if sk_prefix:  # DynamoDB refuses an empty one
            condition += " AND begins_with(sk, :prefix)"
            values[":prefix"] = text(sk_prefix)
        request: Any = {
            "TableName": self._table_name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ConsistentRead": True,
        }
        while True:
            with busy_told(action):
                page: Any = self._client.query(**request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _known(self, item: Item) -> RegisteredDefinition:
        """Return an item's version, parsed at most once."""
        number = version_of(item)
        if number not in self._versions:
            self._versions[number] = definition_from_item(item)
        return self._versions[number]

    def _put(self, item: Item) -> Any:  # noqa: ANN401 - parameters of two calls
        return {"TableName": self._table_name, "Item": item}

    def _put_new(self, item: Item) -> Any:  # noqa: ANN401 - one action of a transaction
        condition = {"ConditionExpression": "attribute_not_exists(pk)"}
        return {"Put": self._put(item) | condition}

    def _standing(self, key: Item) -> Any:  # noqa: ANN401 - one action of a transaction
        return {
            "ConditionCheck": {
                "TableName": self._table_name,
                "Key": key,
                "ConditionExpression": "attribute_exists(pk)",
            }
        }
