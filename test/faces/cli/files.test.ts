import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exists, fileGiven, refuseExisting, writeFiles } from '../../../src/faces/cli/files.ts'
import { temporaryDirectory } from './a-world.ts'

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)

describe('files', () => {
  test('a key is for its owner alone, a certificate for everybody, whatever the umask', async () => {
    const directory = temporaryDirectory()
    const before = process.umask(0o077)
    try {
      await writeFiles(
        [
          { path: join(directory, 'new/key.pem'), content: 'k', secret: true },
          { path: join(directory, 'new/cert.pem'), content: 'c', secret: false },
        ],
        false,
      )
    } finally {
      process.umask(before)
    }
    expect([mode(join(directory, 'new/key.pem')), mode(join(directory, 'new/cert.pem'))]).toEqual([
      '600',
      '644',
    ])
    expect(readdirSync(join(directory, 'new')).sort()).toEqual(['cert.pem', 'key.pem'])
  })

  test('nothing is overwritten without force, not even by a link that leads nowhere', async () => {
    const directory = temporaryDirectory()
    const path = join(directory, 'cert.pem')
    const file = { path, content: 'new', secret: false }
    writeFileSync(path, 'old')
    await expect(writeFiles([file], false)).rejects.toMatchObject({ exitCode: 2, name: 'CliFailure' })
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(readdirSync(directory)).toEqual(['cert.pem'])
    symlinkSync('/nowhere/at/all', join(directory, 'link.pem'))
    await expect(refuseExisting([join(directory, 'link.pem')])).rejects.toMatchObject({ exitCode: 2 })
    await expect(writeFiles([{ ...file, path: join(directory, 'link.pem') }], false)).rejects.toMatchObject({
      exitCode: 2,
    })
    await writeFiles([file], true)
    expect(readFileSync(path, 'utf8')).toBe('new')
  })

  test('an old key’s wide mode isn’t inherited', async () => {
    const path = join(temporaryDirectory(), 'key.pem')
    writeFileSync(path, 'old')
    chmodSync(path, 0o666)
    await writeFiles([{ path, content: 'new', secret: true }], true)
    expect(mode(path)).toBe('600')
  })

  test('when one can’t be written, none is, and nothing is left lying about', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'plain'), '')
    const files = [
      { path: join(directory, 'key.pem'), content: 'k', secret: true },
      { path: join(directory, 'plain/cert.pem'), content: 'c', secret: false },
    ]
    await expect(writeFiles(files, false)).rejects.toMatchObject({ name: 'CliFailure' })
    expect(readdirSync(directory)).toEqual(['plain'])
  })

  test('what can’t be read is a failure that names option and path', async () => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, 'd'))
    await expect(fileGiven(directory, 'x.csr', '--csr')).rejects.toMatchObject({
      exitCode: 2,
      message: '--csr: can’t read x.csr: there is no such file or directory',
    })
    await expect(fileGiven(directory, 'd', '--csr')).rejects.toMatchObject({
      message: '--csr: can’t read d: it is a directory',
    })
    expect([await exists(directory), await exists(join(directory, 'no'))]).toEqual([true, false])
  })
})
