import { isoOf } from '../../../core/domain/time.ts'
import { describeKms, type KmsView } from '../../../core/operations/kms/describe-kms.ts'
import { rotateKms } from '../../../core/operations/kms/rotate-kms.ts'
import type { Rotation } from '../../../core/operations/kms/rotations.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'

type Part = Pick<Handlers, 'describeKms' | 'rotateKms'>

const rotationJson = ({ startedAt, finishedAt, to, total, unopened = 0 }: Rotation) => ({
  startedAt: isoOf(startedAt),
  ...(finishedAt === undefined ? {} : { finishedAt: isoOf(finishedAt) }),
  to,
  total,
  unopened,
})

const kmsJson = ({ rotation, versions, ...view }: KmsView) => ({
  ...defined(view),
  versions: [...versions],
  ...(rotation === undefined ? {} : { rotation: rotationJson(rotation) }),
})

/** The key management services and the rotation of their keys. */
export const kmsHandlers = (ports: Ports): Part => ({
  describeKms: async ({ principal }) => ({ items: (await describeKms(ports, principal)).map(kmsJson) }),
  rotateKms: async ({ principal, body }) => kmsJson(await rotateKms(ports, principal, defined(body))),
})
