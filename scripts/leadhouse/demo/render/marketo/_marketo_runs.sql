-- A run of a smart campaign sends one e-mail here.
select
    message_id,
    row_number() over (order by message_id) as run_id
from (select distinct message_id from message_events) as messages
