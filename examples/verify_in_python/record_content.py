# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What a record holds: a keyframe its content, a delta what makes it of the content before."""
from ledger_content import MALFORMED, Content
from ledger_entries import INPUTS, demand
from tick_delta import content_after

__all__ = ["MALFORMED", "content_of"]


def content_of(record, key, before):
    """The content of a record; its seal and its D are checked. Of one whose world was dropped only what stands before that, over
    which there is no D. before: the content of the session's frame before, which a delta needs; None: it could not be read."""
    salt, body = record.open(key)
    if record.form == INPUTS:
        content = Content(body)
        content.read_inputs()
        demand(content.is_at_end, "inputs have bytes behind their end")
        return content
    if record.is_keyframe:
        record.check_digest(salt, body)
        return Content(body)
    demand(before is not None, "the content that it is against could not be read")
    before.read()
    demand(before.has_world, "the content that it is against has no world")
    content = content_after(before, body)
    record.check_digest(salt, content.write())
    return content
