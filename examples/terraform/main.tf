# A small shop on AWS: pictures are scaled by a function, a build robot deploys it, and a secret opens the payments.

resource "aws_iam_user" "deployer" {
  name = "deployer"
}

# The robot may change functions and hand roles to them: it deploys.
resource "aws_iam_user_policy" "deployer" {
  name = "deploy"
  user = aws_iam_user.deployer.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["lambda:CreateFunction", "lambda:InvokeFunction", "lambda:UpdateFunctionCode"]
        Resource = "*"
      },
      {
        Effect   = "Allow"
        Action   = "iam:PassRole"
        Resource = "*"
      },
    ]
  })
}

resource "aws_iam_role" "scaler" {
  name = "scaler"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "scaler" {
  name = "pictures"
  role = aws_iam_role.scaler.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = "${aws_s3_bucket.pictures.arn}/*" },
      { Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = "*" },
    ]
  })
}

resource "aws_lambda_function" "scaler" {
  function_name = "scaler"
  role          = aws_iam_role.scaler.arn
  handler       = "index.handler"
  runtime       = "nodejs22.x"
  filename      = "scaler.zip"
}

# Left from the first week: whoever runs a function may have any right.
resource "aws_iam_role" "bootstrap" {
  name = "bootstrap"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy_attachment" "bootstrap" {
  role       = aws_iam_role.bootstrap.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_s3_bucket" "pictures" {
  bucket = "paper-lantern-pictures"
}

resource "aws_secretsmanager_secret" "payments" {
  name = "payments"
}
