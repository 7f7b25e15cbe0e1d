// Counts the symbol characters of a Code 128 as bwip-js's newer encoder makes
// it: start, check and stop included.
//
//   {"texts": ["a string, a character to each byte"]}, FNC1 as U+0100
//   → {"lengths": [17]}
import bwipjs from "bwip-js/node";
import { serve } from "./lines.mjs";

// spelt writes FNC1, and the sign that begins it, as bwip-js wants them.
function spelt(text) {
  return text.replaceAll("^", "^^").replaceAll("\u0100", "^FNC1");
}

function length(text) {
  const [symbol] = bwipjs.raw({ bcid: "code128", text: spelt(text), newencoder: true, binarytext: true, parsefnc: true });
  // Eleven modules to a character, and two more to the stop.
  const modules = symbol.sbs.reduce((n, w) => n + w, 0);
  return (modules - 2) / 11;
}

await serve(({ texts }) => ({ lengths: texts.map(length) }));
