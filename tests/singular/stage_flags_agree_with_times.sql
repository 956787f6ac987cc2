-- A lead is an MQL, SQL and so on exactly when it has the time of it; furthest_stage is the last stage with a time, and
-- skipped_stages names exactly the stages below it without one. Lists and funnels read these and must tell the same.
{% set stages = ['lead', 'mql', 'sal', 'sql', 'opportunity', 'customer', 'repeat_customer'] %}
with

flags as (

    {% for stage in stages %}
    select
        lead_id,
        '{{ stage }}' as stage,
        is_{{ stage }} as is_entered,
        {{ 'created_at' if stage == 'lead' else stage ~ '_at' }} as entered_at,
        furthest_stage = '{{ stage }}' as is_furthest,
        {{ stage_rank('furthest_stage') }} > {{ loop.index }} as is_below_furthest,
        position(' {{ stage }} ' in ' ' || coalesce(skipped_stages, '') || ' ') > 0 as is_skipped
    from {{ ref('lead_stages') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select *
from flags
where
    is_entered <> (entered_at is not null)
    or is_skipped <> (is_below_furthest and entered_at is null)
    or (is_entered and not is_furthest and not is_below_furthest)
    or (is_furthest and not is_entered)
