with

leads as (

    select
        lead_id,
        created_at
    from {{ ref('resolved_leads') }}

),

times as (

    select * from {{ ref('first_stage_times') }}

),

first_wins as (

    select
        lead_id,
        amount,
        entered_at
    from {{ ref('lead_opportunities') }}
    where win_number = 1

),

reached as (

    select
        lead_id,
        'lead' as target,
        created_at as converted_at
    from leads
    {% for target in attribution_targets()[1:] %}
    union all
    select
        lead_id,
        '{{ target }}' as target,
        {{ target }}_at as converted_at
    from times
    where {{ target }}_at is not null
    {% endfor %}

)

select
    reached.lead_id,
    reached.target,
    {{ month_of('reached.converted_at') }} as conversion_month,
    case when reached.target = 'customer' then cast(coalesce(first_wins.amount, 0) as decimal(18, 2)) end as revenue,
    leads.created_at as lead_created_at,
    -- Of a customer the creation of the opportunity that was won, where it is known.
    coalesce(
        case
            when reached.target = 'customer' and first_wins.entered_at <= reached.converted_at then first_wins.entered_at
        end,
        reached.converted_at
    ) as decision_began_at,
    reached.converted_at
from reached
inner join leads on reached.lead_id = leads.lead_id
left join first_wins on reached.lead_id = first_wins.lead_id
