/** What a handle of the database, or of one transaction, does beside what the query builder has it do. */
export interface Handle {
  /** Has an event announced: of a transaction once it has committed. @param view as JSON */
  tell(view: string): void;
  /** Asks the driver. @throws its error */
  query(text: string, values: unknown[]): Promise<{ readonly rows: unknown[] }>;
}

const handles = new WeakMap<object, Handle>();

export const setHandle = (db: object, handle: Handle): void => void handles.set(db, handle);

/** @throws Error for one that `connect` did not make: a defect, as nobody would ever hear of its events. */
export function handleOf(db: object): Handle {
  const handle = handles.get(db);
  if (!handle) throw new Error('this handle of the database was not made by `connect`');
  return handle;
}
