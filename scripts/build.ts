import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { generate } from './generate.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

/** The page that shows the API: two files of a development dependency, shipped with their licence. */
const PAGE = ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE']

function compile(): void {
  // Node refuses TypeScript under node_modules, so what is published is JavaScript.
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('the sources don’t compile')
}

function copyPage(): void {
  const from = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  const to = join(dist, 'api-page')
  mkdirSync(to)
  for (const file of PAGE) if (existsSync(join(from, file))) copyFileSync(join(from, file), join(to, file))
}

rmSync(dist, { recursive: true, force: true })
generate()
compile()
copyPage()
const entry = join(dist, 'main/bin.js')
if (existsSync(entry)) chmodSync(entry, 0o755)
else console.warn('src/main/bin.ts doesn’t exist: the package has no command yet')
// Plain JavaScript in the sources is not compiled, but goes along.
cpSync(join(root, 'src'), dist, {
  recursive: true,
  filter: (file) => !/\.tsx?$/.test(file) && !file.endsWith('.made-from'),
})
console.log('built: dist')
