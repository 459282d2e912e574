// Puts the built page where the program takes it from, each file also compressed.
// In one go at the end, so that cargo never sees half a page.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = fileURLToPath(new URL("..", import.meta.url));
const built = join(root, ".built");
const dist = join(root, "dist");
// The bound: the whole page, compressed.
const BYTES_MAX = 500_000;

let total = 0;
for (const name of readdirSync(built, { recursive: true, withFileTypes: true })) {
  if (!name.isFile()) continue;
  const path = join(name.parentPath ?? name.path, name.name);
  const packed = gzipSync(readFileSync(path), { level: 9 });
  total += packed.length;
  writeFileSync(`${path}.gz`, packed);
}
if (total > BYTES_MAX) {
  console.error(`the page has ${total} bytes compressed; at most ${BYTES_MAX} are allowed`);
  process.exit(1);
}
mkdirSync(dist, { recursive: true });
for (const name of readdirSync(dist)) {
  if (name !== ".gitignore") rmSync(join(dist, name), { recursive: true });
}
cpSync(built, dist, { recursive: true });
console.log(`page: ${Math.round(total / 1000)} kB compressed`);
