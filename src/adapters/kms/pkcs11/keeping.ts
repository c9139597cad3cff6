/** What another thread reads or writes just now. */
const held = new Set<readonly unknown[]>()

/** Keeps octets from being collected while a call in libuv's pool uses them: pkcs11js hands on the bare addresses. */
export async function keeping<T>(octets: readonly unknown[], call: Promise<T>): Promise<T> {
  held.add(octets)
  try {
    return await call
  } finally {
    held.delete(octets)
  }
}
