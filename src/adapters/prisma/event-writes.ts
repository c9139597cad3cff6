import type { EventWrites } from '../../core/ports/event-store.ts'
import { write } from './wire-values.ts'

/**
 * As data: what is told of certificates' lives and of authorities.
 * @param systemNow reads the system clock
 */
export const eventWrites = (systemNow: () => number): EventWrites => ({
  events: {
    add: (e) => {
      const columns = [
        e.id,
        e.account,
        e.region,
        e.certificate,
        e.name,
        e.time,
        JSON.stringify(e.detail),
        e.dedupeKey,
        systemNow(),
      ]
      if (e.notice === undefined) return write('events.add', ...columns)
      const { version, at } = e.notice
      return at === 'never'
        ? write('events.addLast', version, ...columns)
        : write('events.addNoticing', version, at, ...columns)
    },
    tell: (e) =>
      write(
        'events.add',
        ...[e.id, e.account, e.region, e.authority, e.name, e.time, JSON.stringify(e.detail)],
        ...[e.dedupeKey, systemNow()],
      ),
    setNotice: (certificate, version, at) => write('events.setNotice', certificate, version, at),
    dropNotice: (certificate) => write('events.dropNotice', certificate),
    dropOlderThan: (time, limit) => write('events.dropOlderThan', limit, time),
  },
})
