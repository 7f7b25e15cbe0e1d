// Reads the barcodes of a picture with zxing-wasm, which is ZXing-C++.
//
//   {"path": "label.png"} or {"base64": "…"}, and at will {"rotate": true}
//   → {"symbols": [{"format", "identifier", "bytes", "text", "x", "y"}]}
//
// Bytes are base64: a barcode holds bytes; the text is what letters they are by
// the character sets that the symbol announces, or by those of its symbology.
// X and y are of the symbol's middle, in dots.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import { serve } from "./lines.mjs";

// The library would fetch its WebAssembly from the network.
const wasm = createRequire(import.meta.url).resolve("zxing-wasm/reader/zxing_reader.wasm");
await prepareZXingModule({ overrides: { wasmBinary: await readFile(wasm) }, fireImmediately: true });

await serve(async ({ path, base64, rotate = true, formats = [] }) => {
  const picture = path ? await readFile(path) : Buffer.from(base64, "base64");
  const found = await readBarcodes(new Uint8Array(picture), {
    formats,
    tryHarder: true,
    tryRotate: rotate,
    tryInvert: false,
    tryDownscale: true,
    maxNumberOfSymbols: 255,
    textMode: "Plain",
  });
  return {
    symbols: found
      .filter((s) => s.isValid)
      .map((s) => {
        const p = [s.position.topLeft, s.position.topRight, s.position.bottomLeft, s.position.bottomRight];
        return {
          format: s.format,
          identifier: s.symbologyIdentifier,
          bytes: Buffer.from(s.bytes).toString("base64"),
          text: s.text,
          x: Math.round(p.reduce((n, q) => n + q.x, 0) / 4),
          y: Math.round(p.reduce((n, q) => n + q.y, 0) / 4),
        };
      }),
  };
});
