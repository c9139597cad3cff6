#!/usr/bin/env node
// The published command. It loads nothing before it knows that the runtime can load it.
const OLDEST = 22
const major = Number(process.versions.node.split('.')[0])

if (major < OLDEST) {
  console.error(`chancery needs Node.js ${String(OLDEST)} or newer; this is ${process.version}.`)
  process.exitCode = 1
} else {
  const { enableCompileCache } = await import('node:module')
  const { join } = await import('node:path')
  // Half of a start is compiling. What V8 made of the program is kept beside it, where whoever can change the one can
  // change the other anyway; a shared folder such as /tmp would let others put code there. Read-only: no cache, no harm.
  const folder = join(import.meta.dirname, '../../node_modules/.cache/chancery')
  // Threads learn of it by the environment.
  if (enableCompileCache(folder).directory !== undefined) process.env['NODE_COMPILE_CACHE'] = folder
  await import('./cli.ts')
}

export {}
