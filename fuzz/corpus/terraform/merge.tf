<<<<<<< HEAD
resource "aws_s3_bucket" "a" {
  bucket = "x"
}
=======
>>>>>>> other
resource "aws_s3_bucket" "ok" {
  bucket = "ok"
}
