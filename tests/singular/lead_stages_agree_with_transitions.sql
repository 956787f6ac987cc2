-- The two marts tell one story: each first time in lead_stages is the first entry in stage_transitions, with its rule and
-- score, and the current cycle is the one after the last recycling.
{% set stages = ['mql', 'sal', 'sql', 'opportunity', 'customer', 'repeat_customer'] %}
with

shown as (

    {% for stage in stages %}
    select
        lead_id,
        '{{ stage }}' as stage,
        {{ stage }}_at as entered_at,
        {{ stage ~ '_rule_id' if stage in ['mql', 'sql'] else null_text() }} as rule_id,
        {{ stage ~ '_score' if stage in ['mql', 'sql'] else 'cast(null as decimal(18, 6))' }} as score
    from {{ ref('lead_stages') }}
    where {{ stage }}_at is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

ranked as (

    select
        lead_id,
        stage,
        entered_at,
        rule_id,
        score,
        row_number() over (partition by lead_id, stage order by entered_at, cycle_number) as entry_rank
    from {{ ref('stage_transitions') }}
    where stage not in ('lead', 'recycled', 'disqualified')

),

firsts as (

    select * from ranked
    where entry_rank = 1

),

recyclings as (

    select
        lead_id,
        count(*) as count_recyclings
    from {{ ref('stage_transitions') }}
    where stage = 'recycled'
    group by lead_id

)

select
    coalesce(shown.lead_id, firsts.lead_id) as lead_id,
    coalesce(shown.stage, firsts.stage) as what
from shown
full outer join firsts
    on
        shown.lead_id = firsts.lead_id
        and shown.stage = firsts.stage
where
    shown.lead_id is null
    or firsts.lead_id is null
    or shown.entered_at <> firsts.entered_at
    or (
        shown.stage in ('mql', 'sql')
        and (coalesce(shown.rule_id, '') <> coalesce(firsts.rule_id, '') or shown.score <> firsts.score)
    )
union all
select
    stages.lead_id,
    'cycle_number' as what
from {{ ref('lead_stages') }} as stages
left join recyclings on stages.lead_id = recyclings.lead_id
where stages.cycle_number <> 1 + coalesce(recyclings.count_recyclings, 0)
