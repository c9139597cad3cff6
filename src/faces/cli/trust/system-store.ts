import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { textIfReadable } from '../files.ts'
import type { World } from '../world.ts'
import { fingerprintsIn, type Anchor } from './anchor.ts'
import type { Finding, SystemFacts } from './facts.ts'
import { findTool, isDirectory, isFile, isWritable, missingTool } from './host.ts'

type Flavour = {
  readonly flavour: SystemFacts['flavour']
  /** Where an administrator's own authorities go. */
  readonly anchors: string
  /** What the tool makes of them all, and programs read. */
  readonly bundle: string
  readonly tool: string
  /** A file or directory that tells this flavour. */
  readonly mark: string
}

const FLAVOURS: readonly Flavour[] = [
  {
    flavour: 'rhel',
    anchors: 'etc/pki/ca-trust/source/anchors',
    bundle: 'etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
    tool: 'update-ca-trust',
    mark: 'etc/pki/ca-trust/source',
  },
  {
    flavour: 'debian',
    anchors: 'usr/local/share/ca-certificates',
    bundle: 'etc/ssl/certs/ca-certificates.crt',
    tool: 'update-ca-certificates',
    mark: 'etc/ca-certificates.conf',
  },
]
const MOST_FILES = 2000

/** What the system's own store knows of a certificate. */
export async function systemFindings(world: World, anchor: Anchor): Promise<Finding[]> {
  const root = world.systemRoot
  for (const kind of FLAVOURS) {
    const mark = join(root, kind.mark)
    if ((await isDirectory(mark)) || (await isFile(mark))) return [await factsOf(world, anchor, kind)]
  }
  return [
    { store: 'system', missing: 'this system’s store is unknown: neither Debian’s nor Red Hat’s is here' },
  ]
}

async function factsOf(world: World, anchor: Anchor, kind: Flavour): Promise<SystemFacts> {
  const root = world.systemRoot
  const directory = join(root, kind.anchors)
  const file = join(directory, `${anchor.nickname}.crt`)
  const ours = fingerprintsIn((await textIfReadable(file)) ?? '').has(anchor.fingerprint)
  const foreignName = ours ? undefined : await fileWith(directory, anchor)
  const bundle = fingerprintsIn((await textIfReadable(join(root, kind.bundle))) ?? '')
  const tool = await findTool(world, kind.tool)
  const writable = await isWritable((await isDirectory(directory)) ? directory : root)
  return {
    store: 'system',
    place: directory,
    flavour: kind.flavour,
    file,
    presence: ours ? 'ours' : foreignName === undefined ? 'absent' : 'foreign',
    trusted: bundle.has(anchor.fingerprint),
    foreignName,
    blocked:
      tool === undefined
        ? missingTool(kind.tool)
        : writable
          ? undefined
          : 'only root may change it; run this command with sudo',
    tool: tool ?? kind.tool,
    elsewhere: root === '/' || kind.flavour === 'rhel' ? [] : debianPlaces(root),
  }
}

async function fileWith(directory: string, anchor: Anchor): Promise<string | undefined> {
  const names = await readdir(directory).catch(() => [])
  for (const name of names.slice(0, MOST_FILES)) {
    const path = join(directory, name)
    if (fingerprintsIn((await textIfReadable(path)) ?? '').has(anchor.fingerprint)) return path
  }
  return undefined
}

/** update-ca-certificates takes each directory apart; hooks of another tree are not run here. */
const debianPlaces = (root: string): string[] => [
  '--certsconf',
  join(root, 'etc/ca-certificates.conf'),
  '--certsdir',
  join(root, 'usr/share/ca-certificates'),
  '--localcertsdir',
  join(root, 'usr/local/share/ca-certificates'),
  '--etccertsdir',
  join(root, 'etc/ssl/certs'),
  '--hooksdir',
  '/dev/null',
]
