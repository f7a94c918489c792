// Submits a job, waits for its end and prints it: node publish.mjs NAME
// docs/submit-from-any-sdk.md explains it piece by piece.
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";

const queueUrl = process.env.HEADRACE_REQUEST_QUEUE_URL; // output RequestQueueUrl
const tableName = process.env.HEADRACE_JOB_TABLE_NAME; // output JobTableName
const deploymentId = process.env.HEADRACE_DEPLOYMENT_ID; // output DeploymentId

// -- Send ----------------------------------------------------------------------------

const sqs = new SQSClient();

// Sends up to ten requests. What failed comes back with its reason, and may be sent
// again with the same keys: a request that did arrive is the same job then.
async function submit(requests) {
  const answer = await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: requests.map((request, index) => ({
        Id: String(index),
        MessageBody: JSON.stringify({ schemaVersion: "1", ...request }),
        MessageGroupId: request.tenant ?? "default",
      })),
    }),
  );
  const failed = (answer.Failed ?? []).map((each) => ({
    request: requests[Number(each.Id)],
    reason: `${each.Code}: ${each.Message}`,
  }));
  const messageIds = new Map(
    (answer.Successful ?? []).map((each) => [requests[Number(each.Id)], each.MessageId]),
  );
  return { messageIds, failed };
}

// -- Know the job's id ---------------------------------------------------------------

const alphabet = "abcdefghijklmnopqrstuvwxyz234567"; // RFC 4648's, in lower case

// The first 26 characters of the base32 of the SHA-256 of a JSON array.
function jobIdOf({ tenant = "default", jobName, idempotencyKey }) {
  const text = JSON.stringify([deploymentId, tenant, jobName, idempotencyKey]);
  const digest = createHash("sha256").update(text, "utf8").digest();
  const bits = [...digest].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const letter = (_, index) => alphabet[parseInt(bits.slice(index * 5, index * 5 + 5), 2)];
  return Array.from({ length: 26 }, letter).join("");
}

// -- Read how it ended ---------------------------------------------------------------

const dynamodb = new DynamoDBClient();
const ends = ["SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED", "EXPIRED", "LOST"];

async function record(pk) {
  const answer = await dynamodb.send(
    new GetItemCommand({
      TableName: tableName,
      Key: { pk: { S: pk }, sk: { S: "META" } },
      ConsistentRead: true,
    }),
  );
  return answer.Item;
}

// Returns the job's record once it has ended, or the rejection of its message.
async function end(request, messageId, seconds = 60) {
  const until = Date.now() + seconds * 1000;
  while (Date.now() < until) {
    const job = await record(`JOB#${jobIdOf(request)}`);
    if (job && ends.includes(job.status.S)) return job;
    const rejection = await record(`REJECTION#${messageId}`);
    if (rejection) return rejection;
    await pause(500);
  }
  throw new Error(`job ${jobIdOf(request)} has not ended after ${seconds} s`);
}

// -- Together ------------------------------------------------------------------------

const name = process.argv[2] ?? "Ada";
const key = `greeting-${Date.now()}`;
const requests = [
  { jobName: "hello", idempotencyKey: key, parameters: { name } },
  { jobName: "hello", idempotencyKey: `${key}-bad`, parameters: { name: 7 } },
];
const { messageIds, failed } = await submit(requests);
for (const { request, reason } of failed) console.error(request.idempotencyKey, reason);
for (const [request, messageId] of messageIds) {
  const item = await end(request, messageId);
  const details = [item.exitCode?.N, item.field?.S, item.limit?.S, item.value?.S];
  console.log(item.status.S, item.reasonCode.S, ...details.filter((each) => each));
}
