import { BulkCancel } from './bulk-cancel.js';
import { BulkItemsStore } from './bulk-items.store.js';
import { BulkOperationsStore } from './bulk-operations.store.js';
import { CallOffByMessage } from './call-off-by-message.js';
import { BulkWorker } from './bulk-worker.js';
import { CallOffOrder } from './call-off-order.js';
import { Operations } from './operations.js';
import { PreviewBulkCancel } from './preview-bulk-cancel.js';

/** Everything about called-off events that the container makes. */
export const BULK_PROVIDERS = [
  BulkCancel,
  BulkItemsStore,
  BulkOperationsStore,
  BulkWorker,
  CallOffByMessage,
  CallOffOrder,
  Operations,
  PreviewBulkCancel,
];
