locals {
  a = local.b
  b = local.a
}
module "self" {
  source = "./"
}
resource "aws_s3_bucket" "x" {
  bucket = aws_s3_bucket.x.arn
  tags   = local.a
}
resource "aws_s3_bucket" "ok" {
  bucket = "ok"
}
