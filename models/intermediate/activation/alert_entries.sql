-- Entries that may be an alert, whoever they are about; what is told of them is as known at the entry.
select
    lead_id,
    cycle_number,
    stage,
    case when entered_at = by_rules_at then rule_id end as rule_id,
    entered_at
from {{ ref('cycle_stages') }}
where
    {{ is_alert_stage('stage') }}
    and entered_at > {{ add_time(as_of(), -var('alert_days'), 'day') }}
