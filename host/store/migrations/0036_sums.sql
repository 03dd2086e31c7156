-- What a query over all of an account's integrations reaches is summed up for one model.
create index model_state_of_model on model_state (account_id, model, integration_id);
