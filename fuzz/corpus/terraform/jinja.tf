{% for b in buckets %}
resource "aws_s3_bucket" "{{ b.name }}" {
  bucket = "{{ b.name }}"
}
{% endfor %}
resource "aws_s3_bucket" "ok" {
  bucket = "ok"
}
