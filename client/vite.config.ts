import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { compressed } from './compress.ts'

const server = 'http://127.0.0.1:8000'

/** It fills its table of keys by calls that it marks as pure, which a bundler leaves out. */
const emacsKeys: Plugin = {
  name: 'emacs-keys',
  transform: {
    filter: { id: /@replit\/codemirror-emacs/ },
    handler: (code) => code.replaceAll(/\/\*@__PURE__\*\/(?=EmacsHandler\.)/g, ''),
  },
}

export default defineConfig({
  plugins: [react(), emacsKeys, compressed()],
  // The server puts a new nonce into each page that it hands out.
  html: { cspNonce: '$nonce' },
  build: {
    outDir: fileURLToPath(new URL('../src/algoroom/api/client', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The server hands out room.html for every address of a room.
    rolldownOptions: { input: ['index.html', 'room.html'] },
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: {
      '/api': server,
      '/ws': { target: server, ws: true },
    },
  },
  test: {
    environment: 'node',
    include: ['tests/**/*.test.ts'],
    globalSetup: 'tests/server.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
