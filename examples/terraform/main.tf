# A function that Terraform publishes, and whose alias lambda-canary moves.

terraform {
  required_providers {
    archive = { source = "hashicorp/archive", version = "~> 2.4" }
    aws     = { source = "hashicorp/aws", version = ">= 5.0" }
  }
}

data "archive_file" "checkout" {
  type        = "zip"
  source_file = "${path.module}/app.py"
  output_path = "${path.module}/build/checkout.zip"
}

resource "aws_iam_role" "checkout" {
  name = "checkout"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_lambda_function" "checkout" {
  function_name    = "checkout"
  role             = aws_iam_role.checkout.arn
  runtime          = "python3.13"
  handler          = "app.handler"
  filename         = data.archive_file.checkout.output_path
  source_code_hash = data.archive_file.checkout.output_base64sha256
  publish          = true # each change is a version, that nobody calls yet
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.checkout.function_name
  function_version = aws_lambda_function.checkout.version # the first one; rollouts move it from then on

  lifecycle {
    ignore_changes = [function_version, routing_config, description]
  }
}

# The input of the rollout to the version that was published last.
output "rollout" {
  value = jsonencode({
    "function-name" = aws_lambda_function.checkout.function_name
    "alias-name"    = aws_lambda_alias.live.name
    "new-version"   = aws_lambda_function.checkout.version
    "type"          = "Canary10Percent5Minutes"
  })
}
