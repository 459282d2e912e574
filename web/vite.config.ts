import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// What `npm run dev` asks for answers: a running `xunjie run` or `xunjie demo`.
const PROGRAM = process.env.XUNJIE ?? "http://127.0.0.1:8320";

const ICONS = fileURLToPath(new URL("node_modules/lucide-preact/dist/esm/icons", import.meta.url));

export default defineConfig({
  resolve: { alias: { "lucide-icons": ICONS } },
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    outDir: ".built",
    emptyOutDir: true,
    target: "es2022",
    // Nothing goes into the page as data: addresses; the program's policy lets none in.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // The program takes changes only from a page of the name that it is asked by.
    proxy: Object.fromEntries(
      ["/api", "/healthz", "/metrics"].map((path) => [path, { target: PROGRAM, changeOrigin: false }]),
    ),
  },
  test: { include: ["src/**/*.test.ts"] },
});
