"""What one version of cloud-init makes of user data: run with its package first in PYTHONPATH.

One JSON list of base64 documents on stdin; on stdout {"version", "results"}: for each document its merged cloud-config and the
other parts as [content type, file name, content], what it complained about, and what its schema has against the cloud-config.
"""

import base64
import json
import logging
import sys

from cloudinit import user_data, util, version
from cloudinit.config import schema
from cloudinit.handlers import cloud_config

logging.disable(logging.NOTSET)


class Problems(logging.Handler):
    """cloud-init says in its log, and nowhere else, that it dropped a part."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


class Paths:
    def get_ipath(self, name):
        return None


def merged(document, problems):
    problems.messages = []
    handler = cloud_config.CloudConfigPartHandler(Paths())
    handler.handle_part(None, "__begin__", None, None, None, None)
    parts = []
    for part in user_data.UserDataProcessor(None).process(document).walk():
        if part.is_multipart():
            continue
        content_type = part.get_content_type()
        content = util.fully_decoded_payload(part)
        if content_type in ("text/cloud-config", "text/cloud-config-jsonp"):
            handler.handle_part(None, content_type, part.get_filename(), content, None, dict(part))
        else:
            parts.append([content_type, part.get_filename(), content])
    config = handler.cloud_buf or {}
    return {"config": config, "parts": parts, "problems": problems.messages + against(config)}


def against(config):
    try:
        schema.validate_cloudconfig_schema(config, strict=True)
    except schema.SchemaValidationError as error:
        return [str(error)]
    return []


problems = Problems()
logging.getLogger().addHandler(problems)
documents = [base64.b64decode(document) for document in json.load(sys.stdin)]
json.dump({"version": version.version_string(), "results": [merged(document, problems) for document in documents]}, sys.stdout)
