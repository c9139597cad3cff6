import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { RenewalConfigError } from '../../../src/main/renew/config-error.ts'
import { readRenewalConfig } from '../../../src/main/renew/config.ts'
import { ownersOf } from '../../../src/main/renew/owners.ts'
import { passphrasesOf } from '../../../src/main/renew/passphrases.ts'

let work: string
beforeAll(() => void (work = mkdtempSync(join(tmpdir(), 'chancery-renew-config-'))))
afterAll(() => rmSync(work, { recursive: true }))

/** What is said about a configuration: nothing when it is good. */
function problemsOf(text: string): readonly string[] {
  const path = join(work, 'renew.yaml')
  writeFileSync(path, text)
  try {
    const config = readRenewalConfig(path)
    ownersOf(path, config)
    passphrasesOf(path, config)
    return []
  } catch (error) {
    if (error instanceof RenewalConfigError) return error.problems
    throw error
  }
}
const key = { path: '/tmp/key.pem', content: 'key' }
const one = (more: object = {}, ...files: object[]): string =>
  stringify({ certificates: [{ certificate: 'a.test', files: files.length > 0 ? files : [key], ...more }] })
const store = { path: '/tmp/s.p12', content: 'pkcs12' }

test('a whole one is good, with comments and both layouts', () => {
  writeFileSync(join(work, 'pass'), 'correct horse battery\n')
  const text = `
# The cron's.
server: { url: "https://ca.example.com:8443", ca: /etc/chancery/listener-ca.pem, tokenFile: /etc/chancery/token }
state: /var/lib/chancery/renew
certificates:
  - certificate: www.example.com
    names: [www.example.com]
    directory: /etc/chancery/live/www
    files:
      - { path: fullchain.pem, content: fullchain, mode: "0644" }
      - { path: key.pem, content: key, owner: root, group: 0, mode: "0640" }
    reload: [systemctl, reload, nginx]
  - certificate: arn:aws:acm:us-east-1:111122223333:certificate/0f8b5b8e-3f0a-7c8e-9d55-0d5b6a4d8f10
    files: [{ path: /etc/app/store.p12, content: pkcs12, passphraseFile: ${join(work, 'pass')}, alias: web }]
    reload: systemctl restart app || true
    reloadSeconds: 120
`
  expect(problemsOf(text)).toEqual([])
})

describe('each mistake has its own message, with the path in the file', () => {
  test.each<[string, string, RegExp]>([
    ['no YAML', 'certificates: [', /^line \d: Flow sequence/],
    ['a key twice', 'state: /a\nstate: /b\ncertificates: []', /^line 2: Map keys must be unique/],
    ['an empty file', '', /^the file: a mapping with `certificates` is expected$/],
    [
      'no certificates',
      stringify({ certificates: [] }),
      /^certificates: at least one certificate is expected$/,
    ],
    ['no list', stringify({ certificates: 'x' }), /^certificates: a list of certificates is expected$/],
    ['a word that isn’t known', one({ command: 'x' }), /^certificates\[0\]: command is not known here$/],
    ['a word above that isn’t known', stringify({ certificate: [] }), /certificate is not known here/],
    ['no certificate named', one({ certificate: '' }), /^certificates\[0\]\.certificate: /],
    ['no files', one({ files: [] }), /^certificates\[0\]\.files: at least one file is expected$/],
    [
      'a file without content',
      one({}, { path: '/tmp/a' }),
      /^certificates\[0\]\.files\[0\]\.content: one of fullchain, cert/,
    ],
    [
      'content that isn’t known',
      one({}, { path: '/tmp/a', content: 'pem' }),
      /^certificates\[0\]\.files\[0\]\.content: one of/,
    ],
    [
      'a file without path',
      one({}, { content: 'key' }),
      /^certificates\[0\]\.files\[0\]\.path: the path of a file is expected$/,
    ],
    [
      'a relative path',
      one({}, { path: 'key.pem', content: 'key' }),
      /^certificates\[0\]\.files\[0\]\.path: an absolute path is expected, or a name beside a `directory`$/,
    ],
    [
      'a path beside a directory',
      one({ directory: '/tmp/live' }),
      /files\[0\]\.path: with a `directory`, the name of a file in it/,
    ],
    [
      'a way out of the directory',
      one({ directory: '/tmp/live' }, { path: '..', content: 'key' }),
      /files\[0\]\.path: with a `directory`/,
    ],
    [
      'a directory’s path',
      one({}, { path: '/tmp/', content: 'key' }),
      /files\[0\]\.path: the path of a file is expected, not/,
    ],
    [
      'a relative directory',
      one({ directory: 'live' }, { path: 'k', content: 'key' }),
      /^certificates\[0\]\.directory: an absolute path/,
    ],
    [
      'a mode without quotes',
      one({}, { ...key, mode: 640 }),
      /files\[0\]\.mode: a mode in quotes is expected/,
    ],
    [
      'a mode that is none',
      one({}, { ...key, mode: 'u=rw' }),
      /files\[0\]\.mode: a mode of three octal digits/,
    ],
    [
      'a key for everybody',
      one({}, { ...key, mode: '0644' }),
      /files\[0\]\.mode: a private key is in it; at most 0750/,
    ],
    [
      'a key that its group may write',
      one({}, { ...key, mode: '0660' }),
      /files\[0\]\.mode: a private key is in it/,
    ],
    [
      'nobody’s file',
      one({}, { ...key, owner: 'no-such-user-here' }),
      /files\[0\]\.owner: there is no user no-such-user-here/,
    ],
    [
      'no group’s file',
      one({}, { ...key, group: 'no-such-group-here' }),
      /files\[0\]\.group: there is no group no-such-group-here/,
    ],
    [
      'an owner that is no name',
      one({}, { ...key, owner: 'a b' }),
      /files\[0\]\.owner: the name or number of a user/,
    ],
    [
      'a store without passphrase',
      one({}, store),
      /files\[0\]\.passphraseFile: is missing; a pkcs12 file is under/,
    ],
    [
      'a passphrase for PEM',
      one({}, { ...key, passphraseFile: '/tmp/p' }),
      /files\[0\]\.passphraseFile: goes with pkcs12 and jks only/,
    ],
    ['an alias for PEM', one({}, { ...key, alias: 'x' }), /files\[0\]\.alias: goes with pkcs12 and jks only/],
    [
      'a passphrase that isn’t there',
      one({}, { ...store, passphraseFile: '/nowhere/p' }),
      /files\[0\]\.passphraseFile: \/nowhere\/p can’t be read/,
    ],
    ['an empty command', one({ reload: [] }), /^certificates\[0\]\.reload: a command is expected/],
    ['no command', one({ reload: 7 }), /^certificates\[0\]\.reload: a command is expected/],
    ['a time-out of nothing', one({ reloadSeconds: 0 }), /^certificates\[0\]\.reloadSeconds: /],
    [
      'a relative state',
      stringify({ state: 'x', certificates: [] }),
      /^state: an absolute path is expected$/m,
    ],
    [
      'one path twice',
      one({}, key, { ...key, content: 'cert' }),
      /files\[1\]\.path: \/tmp\/key\.pem stands in certificates\[0\]\.files\[0\]\.path already/,
    ],
    [
      'one name twice',
      one({ directory: '/tmp/live' }, { path: 'k', content: 'key' }, { path: 'k', content: 'cert' }),
      /files\[1\]\.path: k stands there twice/,
    ],
    [
      'one directory twice',
      stringify({
        certificates: ['/tmp/live', '/tmp//live/'].map((directory) => ({
          certificate: 'a',
          directory,
          files: [{ path: 'k', content: 'key' }],
        })),
      }),
      /^certificates\[1\]\.directory: \/tmp\/\/live\/ stands in certificates\[0\]\.directory already$/,
    ],
  ])('%s', (_, text, message) => {
    expect(problemsOf(text).join('\n')).toMatch(message)
  })

  test('a passphrase file of two lines, or with a short one', () => {
    const passphraseFile = join(work, 'two')
    writeFileSync(passphraseFile, 'correct horse\nbattery staple\n')
    expect(problemsOf(one({}, { ...store, passphraseFile }))).toEqual([
      expect.stringMatching(/holds several lines/),
    ])
    writeFileSync(passphraseFile, 'short\n')
    expect(problemsOf(one({}, { ...store, passphraseFile }))).toEqual([
      expect.stringMatching(/holds a passphrase of 5 characters; 12 to 1024 are possible/),
    ])
  })

  test('a file that can’t be read', () => {
    expect(() => readRenewalConfig(join(work, 'nowhere.yaml'))).toThrow(/nowhere\.yaml can’t be followed/)
  })
})
