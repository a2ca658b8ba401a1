resource "aws_instance" "x" {
  a = pow(10, 1000000)
  b = substr("abc", -100, 1e12)
  c = element([], 3)
  d = chunklist(range(10), 0)
  e = cidrsubnet("10.0.0.0/8", 200, 5)
  f = 10 % 0
  g = format("%1000000000d", 1)
  h = regexall("(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaa")
  i = setproduct(range(1000), range(1000), range(1000))
  j = indent(1000000000, "a\nb")
}
resource "aws_s3_bucket" "ok" {
  bucket = "ok"
}
