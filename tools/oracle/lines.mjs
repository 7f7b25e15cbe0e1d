// Answers JSON lines: one request a line on standard input, one answer a line
// on standard output, in the order of the requests. What a request throws is
// its answer's "error"; only broken JSON ends the process.
import { createInterface } from "node:readline";

// serve answers each request with what answer returns or promises.
export async function serve(answer) {
  const out = (o) =>
    new Promise((done) => {
      if (process.stdout.write(JSON.stringify(o) + "\n")) done();
      else process.stdout.once("drain", done);
    });
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line.trim() === "") continue;
    const request = JSON.parse(line);
    try {
      await out(await answer(request));
    } catch (e) {
      await out({ error: String(e?.message ?? e) });
    }
  }
}
