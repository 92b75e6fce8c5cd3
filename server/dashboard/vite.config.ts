import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The page's files, named by content so that browsers keep them; nothing is loaded from elsewhere. */
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  plugins: [react()],
  build: {
    outDir: "../../dist/dashboard",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: "es2022",
    chunkSizeWarningLimit: 1_000,
    modulePreload: { polyfill: false },
    // Few files pack better than many: what every page needs, what charts need, and the pages.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "chart", test: /node_modules\/(@observablehq|d3|internmap|interval-tree)/, priority: 2 },
            { name: "base", test: /node_modules/, priority: 1 },
            { name: "parts", test: /dashboard\/(api|parts|[\w-]+\.ts)/, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    proxy: { "/admin": "http://127.0.0.1:8080", "/route": "http://127.0.0.1:8080", "/v1": "http://127.0.0.1:8080" },
  },
});
