#!/bin/sh
# The job in plain shell: needs curl 7.86 or newer and sha256sum, and no AWS CLI.
set -eu

content=$(mktemp)
trap 'rm -f "$content"' EXIT

if [ -n "${JOB_PARAMETERS+set}" ]; then
    printf '%s' "$JOB_PARAMETERS" > "$content"
else
    path=${JOB_PARAMETERS_S3_URI#s3://}
    if [ -n "${AWS_CONTAINER_CREDENTIALS_RELATIVE_URI:-}" ]; then
        role=$(curl -sS --fail "http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        of_role() { printf '%s' "$role" | sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p"; }
        AWS_ACCESS_KEY_ID=$(of_role AccessKeyId)
        AWS_SECRET_ACCESS_KEY=$(of_role SecretAccessKey)
        AWS_SESSION_TOKEN=$(of_role Token)
    fi
    url="https://${path%%/*}.s3.$AWS_REGION.amazonaws.com/${path#*/}"
    if [ -n "${AWS_ENDPOINT_URL:-}" ]; then
        url="$AWS_ENDPOINT_URL/$path" # a laptop's
    fi
    # On standard input, because anybody can read a command line.
    {
        printf 'user = "%s:%s"\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"
        if [ -n "${AWS_SESSION_TOKEN:-}" ]; then
            printf 'header = "x-amz-security-token: %s"\n' "$AWS_SESSION_TOKEN"
        fi
    } | curl -sS --fail --retry 4 --config - --aws-sigv4 "aws:amz:$AWS_REGION:s3" \
        --header "x-amz-content-sha256: UNSIGNED-PAYLOAD" --output "$content" "$url" ||
        exit 4 # try later; after some launches the job fails
    echo "$JOB_PARAMETERS_SHA256  $content" | sha256sum -c > /dev/null || exit 3
fi

# The work: jq reads JSON better, where the image has it.
tr -c '0-9' '\n' < "$content" | awk '{ total += $1 } END { print "total", total }'
