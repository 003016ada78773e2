import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const WORTH_BYTES = 1_024
const squeeze = promisify(gzip)

/** Lays each file of text there compressed too, since the server compresses nothing. */
export function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    async writeBundle({ dir = '.' }, bundle) {
      for (const fileName of Object.keys(bundle)) {
        if (!/\.(js|css|svg)$/.test(fileName)) continue
        const path = join(dir, fileName)
        const source = await readFile(path)
        if (source.length < WORTH_BYTES) continue
        await writeFile(`${path}.gz`, await squeeze(source, { level: 9 }))
      }
    },
  }
}
