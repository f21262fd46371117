import type { Records } from '../../shared/records/record.js';
import type { SendCode } from '../access/sign-in/message-codes.js';
import { customerRecord } from '../customers/state.js';

/** Sends to the first phone that the bank has of a customer, where no address is named; the number itself is looked up by what delivers it. False where there is none. */
export const toPhoneOnRecord = (records: Records, send: SendCode): SendCode => async (message) => {
  if (message.address !== undefined) return send(message);
  const state = (await records.load(customerRecord, message.holderId))?.state;
  return state?.status === 'active' && (state.profile.phones ?? []).length > 0 && send(message);
};
