resource "aws_instance" "x" {
  count = 1e300
}
resource "aws_instance" "y" {
  for_each = toset([for i in range(0, 100000000) : tostring(i)])
}
resource "aws_s3_bucket" "ok" {
  bucket = "ok"
}
