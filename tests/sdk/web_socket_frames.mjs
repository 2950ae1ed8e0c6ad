// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// web_socket_frames.mjs - as much of RFC 6455 as the fake gateway and its clients in Node speak: whole text messages,
// ping, pong and close. `ws` and Node's own from version 22 on do the same for applications.

import { createHash, randomBytes } from 'node:crypto';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
export const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 };

export const acceptKey = (key) => createHash('sha1').update(key + GUID).digest('base64');

export function encodeFrame(opcode, payload, isMasked) {
  const length = payload.length;
  const head = [0x80 | opcode];
  if (length < 126) {
    head.push(length);
  } else if (length < 65536) {
    head.push(126, length >> 8, length & 255);
  } else {
    head.push(127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255);
  }
  if (!isMasked) {
    return Buffer.concat([Buffer.from(head), payload]);
  }
  const mask = randomBytes(4);
  head[1] |= 0x80;
  return Buffer.concat([Buffer.from(head), mask, payload.map((byte, index) => byte ^ mask[index % 4])]);
}

export function encodeClose(code, reason) {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code);
  payload.write(reason, 2);
  return payload;
}

// Takes bytes as they come, calls take(opcode, payload) for each whole frame.
export class FrameReader {
  #bytes = Buffer.alloc(0);
  #take;

  constructor(take) {
    this.#take = take;
  }

  push(chunk) {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    while (this.#readOne());
  }

  #readOne() {
    const bytes = this.#bytes;
    if (bytes.length < 2) {
      return false;
    }
    const short = bytes[1] & 127;
    const isMasked = (bytes[1] & 128) !== 0;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const head = 2 + lengthBytes + (isMasked ? 4 : 0);
    if (bytes.length < head) {
      return false;
    }
    const length = lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < head + length) {
      return false;
    }
    const payload = Buffer.from(bytes.subarray(head, head + length));
    if (isMasked) {
      const mask = bytes.subarray(head - 4, head);
      payload.forEach((byte, index) => {
        payload[index] = byte ^ mask[index % 4];
      });
    }
    this.#bytes = bytes.subarray(head + length);
    this.#take(bytes[0] & 15, payload);
    return true;
  }
}
