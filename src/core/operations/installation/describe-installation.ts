import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import { readInstallation } from './initialize.ts'
import { installationWarnings } from './installation-warnings.ts'
import { restoreWarnings } from './restores.ts'

export type InstallationView = {
  readonly id: string
  /** Of the running program. */
  readonly version: string
  readonly mode: 'normal' | 'simulation'
  readonly publicUrl: string | undefined
  readonly globalRegion: string
  /** Where this call acts. */
  readonly account: string
  readonly region: string
  readonly warnings: readonly string[]
}

/** What this installation is, and what its operator should know. */
export async function describeInstallation(
  ports: Pick<Ports, 'store' | 'settings'>,
  principal: Principal,
): Promise<InstallationView> {
  authorize(principal, 'chancery:DescribeInstallation', arns.installation())
  const installation = await readInstallation(ports)
  if (installation === undefined) throw new ChanceryError('internal', 'the installation was not initialized')
  const { version, publicUrl, globalRegion } = ports.settings
  return {
    id: installation.id,
    version,
    mode: installation.mode,
    publicUrl,
    globalRegion,
    account: principal.account,
    region: principal.region,
    warnings: [...(await restoreWarnings(ports)), ...installationWarnings(ports)],
  }
}
