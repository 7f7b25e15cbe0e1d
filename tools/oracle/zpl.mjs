// Draws ZPL with zpl-renderer-js, which is zebrash.
//
//   {"zpl": "…", "width": 812, "height": 1218, "dpmm": 8, "times": 1}
//   → {"png": base64, "ns": 150000000}
//
// It is drawn that many times; ns is the least time that one of them took.
// Width and height are dots. Zpl is the bytes, a character each (Latin-1).
import { webcrypto } from "node:crypto";
import { createRequire } from "node:module";
import { serve } from "./lines.mjs";

// What Node 18 lacks: crypto without being asked for, and names in an import
// of this module.
globalThis.crypto ??= webcrypto;
const { ready } = createRequire(import.meta.url)("zpl-renderer-js");
const { api } = await ready;

await serve(async ({ zpl, width, height, dpmm = 8, times = 1 }) => {
  let png, ns;
  for (let i = 0; i < times; i++) {
    const from = process.hrtime.bigint();
    // Sides are rounded up to whole dots; a little less keeps arithmetic from
    // adding one.
    png = await api.zplToBase64Async(zpl, (width - 0.4) / dpmm, (height - 0.4) / dpmm, dpmm);
    const took = Number(process.hrtime.bigint() - from);
    ns = Math.min(ns ?? took, took);
  }
  return { png, ns };
});
