select
    lead_source_id as id,
    campaign_source_id as program_id,
    upper(left(response, 1)) || substr(response, 2) as progression_status,
    first_at as membership_date,
    response = 'attended' as reached_success,
    case when response = 'attended' then occurred_at end as reached_success_date
from (
    select
        responses.*,
        min(occurred_at) over (partition by lead_source_id, campaign_source_id) as first_at,
        row_number() over (
            partition by lead_source_id, campaign_source_id
            order by occurred_at desc, response asc
        ) as response_rank
    from campaign_responses as responses
    where response <> 'broken' and lead_source_id is not null and campaign_source_id is not null
) as ranked
where response_rank = 1
