import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { compressed } from './compress.ts'

const server = 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [react(), compressed()],
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
