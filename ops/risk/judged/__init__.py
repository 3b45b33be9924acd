"""The ranking of places judged by the record: reports, storms, scores, the verdict."""
