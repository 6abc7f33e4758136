"""Splits user data into its parts the way cloud-init does: by Python's email package.

One JSON list of documents on stdin; on stdout, for each, the list of its leaf parts as [content type, file name, base64 of the content].
"""

import base64
import email
import json
import sys


def leaves(document):
    return [
        [part.get_content_type(), part.get_filename(), base64.b64encode(part.get_payload(decode=True)).decode()]
        for part in email.message_from_string(document).walk()
        if not part.is_multipart()
    ]


json.dump([leaves(document) for document in json.load(sys.stdin)], sys.stdout)
