#!/usr/bin/env node
// The published command. It loads nothing before it knows that the runtime can load it.
const OLDEST = 22
const major = Number(process.versions.node.split('.')[0])

if (major < OLDEST) {
  console.error(`chancery needs Node.js ${String(OLDEST)} or newer; this is ${process.version}.`)
  process.exitCode = 1
} else {
  await import('./cli.ts')
}

export {}
