#!/usr/bin/env bash
# What a pipeline runs: publish, release gradually, wait, and fail if the rollout did. It wants STATE_MACHINE_ARN, and BUILD.
set -euo pipefail

terraform apply -auto-approve -input=false

ARN=$(aws stepfunctions start-execution --state-machine-arn "$STATE_MACHINE_ARN" --name "build-$BUILD" \
  --input "$(terraform output -raw rollout)" --query executionArn --output text)
for TRY in 1 2 3 4 5 6; do # in its first seconds an execution may not be found
  while STATUS=$(aws stepfunctions describe-execution --execution-arn "$ARN" --query status --output text) &&
    [ "$STATUS" = RUNNING ]; do sleep 10; done
  [ -n "$STATUS" ] && break || sleep 10
done
aws stepfunctions describe-execution --execution-arn "$ARN" --query '[status, error, cause]' --output text
[ "$STATUS" = SUCCEEDED ]
