-- Whom should sales call first, about what, and with which next step? Run it on the work database, which has both marts.
select
    alerts.entered_at,
    alerts.stage,
    alerts.first_name,
    alerts.last_name,
    alerts.company_name,
    alerts.phone,
    alerts.owner_id,
    alerts.product_interest,
    alerts.next_step,
    scores.score,
    scores.grade,
    scores.trend,
    scores.next_drop_at
from {{ ref('sales_alerts') }} as alerts
inner join {{ ref('lead_scores') }} as scores
    on
        alerts.lead_id = scores.lead_id
        and alerts.scorecard_id = scores.scorecard_id
-- Who has moved on since is being talked to already.
where alerts.current_stage = alerts.stage
order by scores.score desc, alerts.entered_at asc, alerts.alert_id asc
