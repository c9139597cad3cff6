import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Stack } from '../../domain/stacks.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest, Place } from '../../ports/store.ts'

/** A stack of the caller's account and region by its name. @throws not_found */
export async function describeStack(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  name: string,
): Promise<Stack> {
  authorize(principal, 'chancery:DescribeStack', arns.stack(principal, name))
  return stackNamed(ports, principal, name)
}

/** @throws not_found */
export async function stackNamed(ports: Pick<Ports, 'store'>, place: Place, name: string): Promise<Stack> {
  const stack = await ports.store.reads.stacks.byName(place, name)
  if (stack === undefined) throw new ChanceryError('not_found', 'stack: there is no such stack here')
  return stack
}

/** The stacks of the caller's account and region, by name. */
export async function listStacks(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<Stack>> {
  authorize(principal, 'chancery:ListStacks', arns.stacks(principal))
  return ports.store.reads.stacks.list(principal, page)
}
