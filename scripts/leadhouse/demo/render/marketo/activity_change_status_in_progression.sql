-- The last activities of members of long ago are gone; what the memberships say of them stays.
select
    md5(concat_ws('|', campaign_source_id, lead_source_id, response, occurred_at)) as id,
    104 as activity_type_id,
    lead_source_id as lead_id,
    campaign_source_id as primary_attribute_value_id,
    upper(left(response, 1)) || substr(response, 2) as new_status,
    occurred_at as activity_date
from (
    select
        responses.*,
        row_number() over (
            partition by lead_source_id, campaign_source_id
            order by occurred_at desc, response asc
        ) as response_rank
    from campaign_responses as responses
) as ranked
where not coalesce(response_rank = 1 and response = 'attended' and occurred_at < timestamp '2025-07-01', false)
