// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// judge.mjs - what npm's jose says of tokens: JSON lines {token, key, alg, issuer, audience, leeway} in, 1 or 0 out.
import { createInterface } from "node:readline";
import { importJWK, jwtVerify } from "jose";

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  try {
    await jwtVerify(asked.token, await importJWK(asked.key, asked.alg), {
      algorithms: [asked.alg], issuer: asked.issuer, audience: asked.audience, clockTolerance: asked.leeway,
      requiredClaims: ["exp", "nbf", "iat", "sub"] });
    console.log(1);
  } catch {
    console.log(0);
  }
}
