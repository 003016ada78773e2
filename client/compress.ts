import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const WORTH_BYTES = 1_024

/** Lays each file of text there compressed too, since the server compresses nothing. */
export function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    generateBundle(_options, bundle) {
      for (const [fileName, file] of Object.entries(bundle)) {
        const source = file.type === 'chunk' ? file.code : file.source
        if (!/\.(js|css|svg)$/.test(fileName) || source.length < WORTH_BYTES) continue
        this.emitFile({
          type: 'asset',
          fileName: `${fileName}.gz`,
          source: gzipSync(source, { level: 9 }),
        })
      }
    },
  }
}
