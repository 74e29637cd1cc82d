import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

/** Where `cao up` listens, for `npm run dev`. */
const API = 'http://127.0.0.1:9889';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  resolve: { conditions: ['@cao/source', ...defaultClientConditions] },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2024',
    // A data: URL would need more of the content security policy than a file does.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: API, ws: true, changeOrigin: true, headers: { origin: API } } },
  },
});
