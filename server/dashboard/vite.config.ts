import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Parts of Plot that no chart uses: their stead is taken by a few lines, and d3's maps and colours stay out. */
const UNUSED = /(^|\/)(projection|schemes)\.js$/;

const slimPlot: Plugin = {
  name: "slim-plot",
  enforce: "pre",
  resolveId: (source, importer) =>
    UNUSED.test(source) && importer?.includes("/@observablehq/plot/") === true
      ? `${import.meta.dirname}/plot-slim.ts`
      : null,
};

/** The page's files, named by content so that browsers keep them; nothing is loaded from elsewhere. */
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  plugins: [slimPlot, react()],
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
            {
              name: "chart",
              test: /(node_modules\/(@observablehq|d3|internmap|interval-tree)|plot-slim)/,
              priority: 2,
            },
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
